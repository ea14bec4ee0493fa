// Nodes of a pool that pull an image: each pull is a new TLS connection and the requests of a pull on it, one after the other.
//
// Standard input: {"address", "name", "plain", "shared", "nodes", "seconds" or "pulls", "requests": [{"text", "status"}]}. Requests
// are sent as they are, without TLS if "plain" is true. Each node has a loopback address of its own, unless "shared" is true. Standard output: {"pulls", "failed", "seconds", "p50_ms", "p99_ms", "cpu_s", "error"}.
package main

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

type request struct {
	Text   string `json:"text"`
	Status int    `json:"status"`
}

type order struct {
	Address  string    `json:"address"`
	Name     string    `json:"name"`
	Plain    bool      `json:"plain"`
	Shared   bool      `json:"shared"`
	Nodes    int       `json:"nodes"`
	Seconds  float64   `json:"seconds"`
	Pulls    int64     `json:"pulls"`
	Requests []request `json:"requests"`
}

// reply reads one reply and returns its status. A reply to HEAD has no body.
func reply(reader *bufio.Reader, isHead bool) (int, error) {
	line, err := reader.ReadString('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < 12 {
		return 0, fmt.Errorf("no status line: %q", line)
	}
	status, err := strconv.Atoi(line[9:12])
	if err != nil {
		return 0, err
	}
	length := int64(0)
	for {
		line, err := reader.ReadString('\n')
		if err != nil {
			return 0, err
		}
		if line == "\r\n" {
			break
		}
		if name, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(name, "content-length") {
			if length, err = strconv.ParseInt(strings.TrimSpace(value), 10, 64); err != nil {
				return 0, err
			}
		}
	}
	if !isHead && status != 304 {
		_, err = io.CopyN(io.Discard, reader, length)
	}
	return status, err
}

// dialer connects from the address of a node.
func dialer(o *order, node int) *net.Dialer {
	d := &net.Dialer{Timeout: 60 * time.Second}
	if !o.Shared {
		d.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 1, byte(node>>8), byte(node))}
	}
	return d
}

func pull(o *order, from *net.Dialer) error {
	raw, err := from.Dial("tcp", o.Address)
	if err != nil {
		return err
	}
	conn := raw
	if !o.Plain {
		// The certificate is the bench's own; no session is resumed, as nodes are not the same.
		conn = tls.Client(raw, &tls.Config{ServerName: o.Name, InsecureSkipVerify: true})
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(90 * time.Second))
	reader := bufio.NewReaderSize(conn, 16384)
	for _, one := range o.Requests {
		if _, err := io.WriteString(conn, one.Text); err != nil {
			return err
		}
		status, err := reply(reader, strings.HasPrefix(one.Text, "HEAD "))
		if err != nil {
			return err
		}
		if status != one.Status {
			return fmt.Errorf("%s gets %d, not %d", strings.SplitN(one.Text, "\r\n", 2)[0], status, one.Status)
		}
	}
	return nil
}

func main() {
	var o order
	if err := json.NewDecoder(os.Stdin).Decode(&o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	var begun, failed atomic.Int64
	var first atomic.Value
	var lock sync.Mutex
	var times []float64
	var nodes sync.WaitGroup
	start := time.Now()
	end := start.Add(time.Duration(o.Seconds * float64(time.Second)))
	for node := 0; node < o.Nodes; node++ {
		nodes.Add(1)
		go func() {
			defer nodes.Done()
			dial := dialer(&o, node)
			for {
				number := begun.Add(1)
				if o.Pulls > 0 && number > o.Pulls || o.Pulls == 0 && time.Now().After(end) {
					return
				}
				from := time.Now()
				if err := pull(&o, dial); err != nil {
					failed.Add(1)
					first.CompareAndSwap(nil, err.Error())
					continue
				}
				lock.Lock()
				times = append(times, float64(time.Since(from).Microseconds())/1000)
				lock.Unlock()
			}
		}()
	}
	nodes.Wait()
	seconds := time.Since(start).Seconds()
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	sort.Float64s(times)
	at := func(share float64) float64 {
		if len(times) == 0 {
			return 0
		}
		return times[int(share*float64(len(times)-1))]
	}
	message, _ := first.Load().(string)
	cpu := float64(usage.Utime.Sec+usage.Stime.Sec) + float64(usage.Utime.Usec+usage.Stime.Usec)/1e6
	_ = json.NewEncoder(os.Stdout).Encode(map[string]any{
		"pulls": len(times), "failed": failed.Load(), "seconds": seconds,
		"p50_ms": at(0.5), "p99_ms": at(0.99), "cpu_s": cpu, "error": message,
	})
}
