// Pushes and pulls zstd:chunked images as podman does with enable_partial_images: by podman's own libraries.
//
//	partial push CERTS HOST/NAME:VERSION         builds an image of this version and pushes it
//	partial pull CERTS ROOT HOST/NAME:VERSION..  pulls into an overlay storage below ROOT
//
// CERTS is a folder as in certs.d, credentials are in REGISTRY_AUTH_FILE.
// A pull prints, for each image, whether its layer came in parts or whole, and what the library says that it had to fetch.
// It fails if a file is not what was pushed.
package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"container-gateway.test/clients/image"
	"github.com/sirupsen/logrus"
	"go.podman.io/image/v5/copy"
	"go.podman.io/image/v5/docker"
	"go.podman.io/image/v5/pkg/compression"
	imagestorage "go.podman.io/image/v5/storage"
	"go.podman.io/image/v5/types"
	"go.podman.io/storage"
	"go.podman.io/storage/pkg/archive"
	"go.podman.io/storage/pkg/reexec"
)

func push(certs, name string) error {
	data, err := image.Tar(image.VersionOf(name))
	if err != nil {
		return err
	}
	const plain = "application/vnd.oci.image.layer.v1.tar"
	layer := image.Layer{Blob: data, MediaType: plain, DiffID: image.DigestOf(data)}
	return image.Push(name, layer, &copy.Options{
		DestinationCtx: &types.SystemContext{
			DockerCertPath:    certs,
			CompressionFormat: &compression.ZstdChunked,
		},
		ForceCompressionFormat: true,
		ForceManifestMIMEType:  image.ManifestType,
	})
}

// check reads a layer back and returns an error unless it holds the files of the version.
func check(store storage.Store, layer, version string) error {
	plain := archive.Uncompressed
	diff, err := store.Diff("", layer, &storage.DiffOptions{Compression: &plain})
	if err != nil {
		return err
	}
	defer diff.Close()
	files := map[string][]byte{}
	for reader := tar.NewReader(diff); ; {
		header, err := reader.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if files[header.Name], err = io.ReadAll(reader); err != nil {
			return err
		}
	}
	for index := range image.FileCount {
		name := image.FileName(index)
		if !bytes.Equal(files[name], image.Content(version, index)) {
			return fmt.Errorf("%s is not what was pushed", name)
		}
	}
	return nil
}

func pull(store storage.Store, certs, name string) (string, error) {
	from, err := docker.ParseReference("//" + name)
	if err != nil {
		return "", err
	}
	to, err := imagestorage.Transport.ParseStoreReference(store, name)
	if err != nil {
		return "", err
	}
	context := &types.SystemContext{DockerCertPath: certs, AuthFilePath: os.Getenv("REGISTRY_AUTH_FILE")}
	options := &copy.Options{SourceCtx: context}
	if err := image.Copy(to, from, options); err != nil {
		return "", err
	}
	_, stored, err := imagestorage.ResolveReference(to)
	if err != nil {
		return "", err
	}
	layer, err := store.Layer(stored.TopLayer)
	if err != nil {
		return "", err
	}
	how := "whole"
	if layer.TOCDigest != "" {
		how = "in parts"
	}
	return how, check(store, layer.ID, image.VersionOf(name))
}

func pullAll(certs, root string, names []string) error {
	store, err := storage.GetStore(storage.StoreOptions{
		RunRoot:         filepath.Join(root, "run"),
		GraphRoot:       filepath.Join(root, "graph"),
		GraphDriverName: "overlay",
		PullOptions:     map[string]string{"enable_partial_images": "true", "use_hard_links": "false"},
	})
	if err != nil {
		return err
	}
	defer func() { _, _ = store.Shutdown(true) }()
	for _, name := range names {
		how, err := pull(store, certs, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		fmt.Printf("%s came %s\n", image.VersionOf(name), how)
	}
	return nil
}

func run(arguments []string) error {
	if len(arguments) == 3 && arguments[0] == "push" {
		return push(arguments[1], arguments[2])
	}
	if len(arguments) >= 4 && arguments[0] == "pull" {
		return pullAll(arguments[1], arguments[2], arguments[3:])
	}
	return errors.New("usage: partial push CERTS HOST/NAME:VERSION, or partial pull CERTS ROOT HOST/NAME:VERSION..")
}

// missing prints how much of a layer the library lacks.
type missing struct{}

func (missing) Levels() []logrus.Level { return []logrus.Level{logrus.DebugLevel} }

func (missing) Fire(entry *logrus.Entry) error {
	if strings.HasPrefix(entry.Message, "Missing ") {
		fmt.Println(entry.Message)
	}
	return nil
}

func main() {
	if reexec.Init() {
		return
	}
	logrus.SetLevel(logrus.DebugLevel)
	logrus.SetOutput(io.Discard)
	logrus.AddHook(missing{})
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
