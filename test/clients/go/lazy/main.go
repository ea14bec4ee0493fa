// Pushes an eStargz image, and reads files of it as stargz-snapshotter does: by its own resolver.
//
//	lazy push CERTS HOST/NAME:VERSION             builds an image of this version and pushes it; prints the layer's digest
//	lazy read LOGIN:PASSWORD HOST/NAME@DIGEST VERSION   reads every file of the layer
//
// CERTS is a folder as in certs.d. A read prints what was asked for and answered where several ranges were, and fails if a
// file is not what was pushed.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"container-gateway.test/clients/image"
	"github.com/containerd/containerd/v2/core/remotes/docker"
	"github.com/containerd/containerd/v2/pkg/reference"
	"github.com/containerd/stargz-snapshotter/cache"
	"github.com/containerd/stargz-snapshotter/estargz"
	"github.com/containerd/stargz-snapshotter/fs/config"
	"github.com/containerd/stargz-snapshotter/fs/remote"
	"github.com/containerd/stargz-snapshotter/service/resolver"
	rhttp "github.com/hashicorp/go-retryablehttp"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"go.podman.io/image/v5/copy"
	"go.podman.io/image/v5/types"
)

func push(certs, name string) error {
	data, err := image.Tar(image.VersionOf(name))
	if err != nil {
		return err
	}
	built, err := estargz.Build(io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data))))
	if err != nil {
		return err
	}
	defer built.Close()
	blob, err := io.ReadAll(built)
	if err != nil {
		return err
	}
	layer := image.Layer{
		Blob:        blob,
		MediaType:   "application/vnd.oci.image.layer.v1.tar+gzip",
		DiffID:      built.DiffID().String(),
		Annotations: map[string]string{estargz.TOCJSONDigestAnnotation: built.TOCDigest().String()},
	}
	fmt.Println(image.DigestOf(blob))
	context := &types.SystemContext{DockerCertPath: certs}
	return image.Push(name, layer, &copy.Options{DestinationCtx: context, PreserveDigests: true})
}

// printing prints requests for several ranges, and the kind of their answers.
type printing struct{ http.RoundTripper }

func (p printing) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := p.RoundTripper.RoundTrip(request)
	if ranges := strings.Count(request.Header.Get("Range"), "-"); err == nil && ranges > 1 {
		kind, _, _ := strings.Cut(response.Header.Get("Content-Type"), ";")
		fmt.Printf("%d ranges: %d %s\n", ranges, response.StatusCode, kind)
	}
	return response, err
}

func hosts(login, password string) func(reference.Spec) ([]docker.RegistryHost, error) {
	credentials := func(string, reference.Spec) (string, string, error) { return login, password, nil }
	from := resolver.RegistryHostsFromConfig(resolver.Config{}, credentials)
	return func(spec reference.Spec) ([]docker.RegistryHost, error) {
		found, err := from(spec)
		for _, host := range found {
			if retrying, ok := host.Client.Transport.(*rhttp.RoundTripper); ok {
				client := retrying.Client.HTTPClient
				client.Transport = printing{client.Transport}
			}
		}
		return found, err
	}
}

func open(login, name string) (remote.Blob, error) {
	user, password, _ := strings.Cut(login, ":")
	name, digested, _ := strings.Cut(name, "@")
	spec, err := reference.Parse(name + ":any")
	if err != nil {
		return nil, err
	}
	// No second attempts: what fails is to fail at once.
	resolver := remote.NewResolver(config.BlobConfig{ChunkSize: 20_000, MaxRetries: 1}, nil)
	descriptor := ocispec.Descriptor{Digest: digest.Digest(digested)}
	return resolver.Resolve(context.Background(), hosts(user, password), spec, descriptor, cache.NewMemoryCache())
}

func read(login, name, version string) error {
	blob, err := open(login, name)
	if err != nil {
		return err
	}
	defer blob.Close()
	// Some chunks first, so that what is missing between them takes several ranges.
	for offset := int64(100_000); offset < blob.Size(); offset += 200_000 {
		if _, err := blob.ReadAt(make([]byte, 1), offset); err != nil {
			return err
		}
	}
	if _, err := blob.ReadAt(make([]byte, blob.Size()), 0); err != nil {
		return err
	}
	layer, err := estargz.Open(io.NewSectionReader(readerAt{blob}, 0, blob.Size()))
	if err != nil {
		return err
	}
	for index := range image.FileCount {
		file, err := layer.OpenFile(image.FileName(index))
		if err != nil {
			return err
		}
		data, err := io.ReadAll(file)
		if err != nil {
			return err
		}
		if !bytes.Equal(data, image.Content(version, index)) {
			return fmt.Errorf("%s is not what was pushed", image.FileName(index))
		}
	}
	fmt.Printf("%d files read\n", image.FileCount)
	return nil
}

type readerAt struct{ remote.Blob }

func (r readerAt) ReadAt(p []byte, offset int64) (int, error) { return r.Blob.ReadAt(p, offset) }

func run(arguments []string) error {
	if len(arguments) == 3 && arguments[0] == "push" {
		return push(arguments[1], arguments[2])
	}
	if len(arguments) == 4 && arguments[0] == "read" {
		return read(arguments[1], arguments[2], arguments[3])
	}
	return errors.New("usage: lazy push CERTS HOST/NAME:VERSION, or lazy read LOGIN:PASSWORD HOST/NAME@DIGEST VERSION")
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
