"""Write an OCI layout with the images that up.sh pushes into Pulp: images.py DIR.

Digests are the same on every run.  A reference in the layout is KIND-TAG (private-1.0), `multi` (an index of amd64
and arm64) or `flatpak` (an image with the labels of a Flatpak application).
"""

import gzip
import hashlib
import io
import json
import os
import random
import sys
import tarfile

MEDIA = "application/vnd.oci.image."
CREATED = "2026-01-01T00:00:00Z"
root = sys.argv[1]
blobs = os.path.join(root, "blobs", "sha256")
os.makedirs(blobs, exist_ok=True)
named = []


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def put(data, media, **more):
    digest = hashlib.sha256(data).hexdigest()
    with open(os.path.join(blobs, digest), "wb") as file:
        file.write(data)
    return {"mediaType": media, "digest": "sha256:" + digest, "size": len(data), **more}


def layer(files):
    """The descriptor of a gzipped layer and its diff_id."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            entry.mode = 0o644
            tar.addfile(entry, io.BytesIO(data))
    diff_id = "sha256:" + hashlib.sha256(raw.getvalue()).hexdigest()
    return put(gzip.compress(raw.getvalue(), 1, mtime=0), MEDIA + "layer.v1.tar+gzip"), diff_id


def image(layers, labels, architecture="amd64"):
    config = {
        "architecture": architecture,
        "os": "linux",
        "created": CREATED,
        "config": {"Cmd": ["/bin/app"], "Labels": labels},
        "rootfs": {"type": "layers", "diff_ids": [diff_id for _, diff_id in layers]},
        "history": [{"created": CREATED, "created_by": "images.py"} for _ in layers],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": MEDIA + "manifest.v1+json",
        "config": put(compact(config), MEDIA + "config.v1+json"),
        "layers": [descriptor for descriptor, _ in layers],
    }
    return put(compact(manifest), MEDIA + "manifest.v1+json")


def name(descriptor, reference):
    named.append({**descriptor, "annotations": {"org.opencontainers.image.ref.name": reference}})


def noise(seed, size):
    return random.Random(seed).randbytes(size)


base = layer({"etc/base": noise("base", 65536)})
for kind, tags in {"private": ["1.0", "1.1", "latest"], "public": ["1.0", "1.1", "latest"], "other": ["1.0", "latest"]}.items():
    for tag in tags:
        size = 5 * 2**20 if tag == "latest" else 20000
        name(image([base, layer({"app": noise(kind + tag, size)})], {"kind": kind, "version": tag}), f"{kind}-{tag}")

children = [
    {
        **image([base, layer({"app": f"arch {architecture}".encode()})], {"arch": architecture}, architecture),
        "platform": {"architecture": architecture, "os": "linux"},
    }
    for architecture in ("amd64", "arm64")
]
index = {"schemaVersion": 2, "mediaType": MEDIA + "index.v1+json", "manifests": children}
name(put(compact(index), MEDIA + "index.v1+json"), "multi")

name(
    image(
        [layer({"files/bin/hello": b"#!/bin/sh\necho hello\n"})],
        {
            "org.flatpak.ref": "app/org.example.Hello/x86_64/stable",
            "org.flatpak.commit": hashlib.sha256(b"hello").hexdigest(),
            "org.flatpak.body": "",
            "org.flatpak.subject": "hello",
            "org.flatpak.timestamp": "1767225600",
            "org.flatpak.download-size": "100",
            "org.flatpak.installed-size": "1000",
            "org.flatpak.metadata": "[Application]\nname=org.example.Hello\nruntime=org.example.Platform/x86_64/stable\n",
        },
    ),
    "flatpak",
)

with open(os.path.join(root, "index.json"), "wb") as file:
    file.write(compact({"schemaVersion": 2, "manifests": named}))
with open(os.path.join(root, "oci-layout"), "w") as file:
    file.write('{"imageLayoutVersion":"1.0.0"}')
