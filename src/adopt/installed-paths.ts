/** Paths of the files that foreman-installer and foremanctl write. */

/** Settings files of the Smart Proxy and of the plugin. */
export const INSTALLED_PATHS = {
  smartProxy: "/etc/foreman-proxy/settings.yml",
  plugin: "/etc/foreman-proxy/settings.d/container_gateway.yml",
} as const;

/** Apache's virtual host. */
export const VIRTUAL_HOST = "/etc/httpd/conf.d/10-rhsm-pulpcore-https-443.conf";

/** Folders and programs of a machine that foremanctl has set up. */
export const FOREMANCTL_PATHS = {
  quadlets: "/etc/containers/systemd",
  certificates: "/var/lib/foremanctl/certs",
  podman: "podman",
} as const;

/** File that the virtual host of foremanctl's Apache includes first. */
export const FOREMANCTL_DROP_IN = "/etc/httpd/conf.d/05-foreman-ssl.d/container-gateway.conf";
