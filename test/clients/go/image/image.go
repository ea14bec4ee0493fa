// Package image makes images whose versions have every other file in common: a client that has one version wants parts
// of the next, with gaps between them. They are the same on every run.
package image

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Files of an image, and bytes of each.
const (
	FileCount = 40
	FileBytes = 24 << 10
)

// ManifestType is the media type of a manifest.
const ManifestType = "application/vnd.oci.image.manifest.v1+json"

// VersionOf returns the tag of HOST/NAME:TAG.
func VersionOf(image string) string { return image[strings.LastIndex(image, ":")+1:] }

// FileName returns the path of a file in the layer.
func FileName(index int) string { return fmt.Sprintf("data/%02d", index) }

// Content returns the bytes of a file.
func Content(version string, index int) []byte {
	if index%2 == 0 {
		version = ""
	}
	random := rand.NewChaCha8(sha256.Sum256([]byte(fmt.Sprint(version, "/", index))))
	data := make([]byte, FileBytes)
	_, _ = random.Read(data)
	return data
}

// Tar returns the layer, not compressed.
func Tar(version string) ([]byte, error) {
	var buffer bytes.Buffer
	archive := tar.NewWriter(&buffer)
	modified := time.Unix(1767225600, 0)
	// containers/storage copies files at the same time, and needs the folder first.
	folder := &tar.Header{Typeflag: tar.TypeDir, Name: "data/", Mode: 0o755, ModTime: modified}
	if err := archive.WriteHeader(folder); err != nil {
		return nil, err
	}
	for index := range FileCount {
		header := &tar.Header{Name: FileName(index), Mode: 0o644, Size: FileBytes, ModTime: modified}
		if err := archive.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := archive.Write(Content(version, index)); err != nil {
			return nil, err
		}
	}
	err := archive.Close()
	return buffer.Bytes(), err
}

// Layer is a layer as it is stored.
type Layer struct {
	Blob        []byte
	MediaType   string
	DiffID      string
	Annotations map[string]string
}

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// DigestOf returns the SHA-256 digest of data.
func DigestOf(data []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(data)) }

// WriteLayout writes an OCI layout with an image of one layer.
func WriteLayout(folder string, layer Layer) error {
	blobs := filepath.Join(folder, "blobs", "sha256")
	if err := os.MkdirAll(blobs, 0o700); err != nil {
		return err
	}
	put := func(data []byte, mediaType string) (descriptor, error) {
		digest := DigestOf(data)
		err := os.WriteFile(filepath.Join(blobs, strings.TrimPrefix(digest, "sha256:")), data, 0o600)
		return descriptor{MediaType: mediaType, Digest: digest, Size: len(data)}, err
	}
	putJSON := func(value any, mediaType string) (descriptor, error) {
		data, err := json.Marshal(value)
		if err != nil {
			return descriptor{}, err
		}
		return put(data, mediaType)
	}
	blob, err := put(layer.Blob, layer.MediaType)
	if err != nil {
		return err
	}
	blob.Annotations = layer.Annotations
	const created = "2026-01-01T00:00:00Z"
	config, err := putJSON(map[string]any{
		"architecture": "amd64",
		"os":           "linux",
		"created":      created,
		"config":       map[string]any{},
		"rootfs":       map[string]any{"type": "layers", "diff_ids": []string{layer.DiffID}},
		"history":      []any{map[string]any{"created": created, "created_by": "test"}},
	}, "application/vnd.oci.image.config.v1+json")
	if err != nil {
		return err
	}
	manifest, err := putJSON(map[string]any{
		"schemaVersion": 2,
		"mediaType":     ManifestType,
		"config":        config,
		"layers":        []descriptor{blob},
	}, ManifestType)
	if err != nil {
		return err
	}
	index, err := json.Marshal(map[string]any{"schemaVersion": 2, "manifests": []descriptor{manifest}})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "index.json"), index, 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "oci-layout"), []byte(`{"imageLayoutVersion":"1.0.0"}`), 0o600)
}
