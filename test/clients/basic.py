"""Reads a registry with docker-registry-client, which sends the password with every request and fetches no token.

basic.py URL USER:PASSWORD repositories | tags NAME | manifest NAME TAG-OR-DIGEST
"""
import sys

from docker_registry_client import DockerRegistryClient

url, login, what, *names = sys.argv[1:]
username, _, password = login.partition(":")
client = DockerRegistryClient(url, username=username, password=password, api_version=2)
if what == "repositories":
    print("\n".join(client.repositories()))
elif what == "tags":
    print("\n".join(client.repository(names[0]).tags()))
else:
    manifest, _ = client.repository(names[0]).manifest(names[1])
    print("schemaVersion", manifest["schemaVersion"])
