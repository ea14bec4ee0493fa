package image

import (
	"context"
	"os"

	"go.podman.io/image/v5/copy"
	"go.podman.io/image/v5/docker"
	"go.podman.io/image/v5/oci/layout"
	"go.podman.io/image/v5/signature"
	"go.podman.io/image/v5/types"
)

// Copy copies an image, whoever signed it.
func Copy(to, from types.ImageReference, options *copy.Options) error {
	policy, err := signature.NewPolicyContext(&signature.Policy{
		Default: signature.PolicyRequirements{signature.NewPRInsecureAcceptAnything()},
	})
	if err != nil {
		return err
	}
	defer func() { _ = policy.Destroy() }()
	_, err = copy.Image(context.Background(), policy, to, from, options)
	return err
}

// Push pushes an image of one layer to HOST/NAME:TAG.
func Push(image string, layer Layer, options *copy.Options) error {
	folder, err := os.MkdirTemp("", "layout")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := WriteLayout(folder, layer); err != nil {
		return err
	}
	from, err := layout.ParseReference(folder)
	if err != nil {
		return err
	}
	to, err := docker.ParseReference("//" + image)
	if err != nil {
		return err
	}
	return Copy(to, from, options)
}
