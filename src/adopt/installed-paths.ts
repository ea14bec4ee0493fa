/** Paths of the files that foreman-installer writes. */

/** Settings files of the Smart Proxy and of the plugin. */
export const INSTALLED_PATHS = {
  smartProxy: "/etc/foreman-proxy/settings.yml",
  plugin: "/etc/foreman-proxy/settings.d/container_gateway.yml",
} as const;

/** Apache's virtual host. */
export const VIRTUAL_HOST = "/etc/httpd/conf.d/10-rhsm-pulpcore-https-443.conf";
