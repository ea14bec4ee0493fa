#!/bin/sh
# After a removal. Settings, data and logs stay, until dpkg purges them; the account stays, because files may belong to it.
set -e

if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
fi
if [ "$1" = purge ]; then
  rm -rf /etc/container-gateway /var/lib/container-gateway /var/log/container-gateway
fi
