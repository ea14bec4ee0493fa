/** Keys of the settings of the Smart Proxy and its plugin. */

/** Values of the plugin that keep their name. */
export const PLUGIN_SAME = [
  ...[
    "client_endpoint",
    "katello_registry_path",
    "pulp_client_ssl_ca",
    "pulp_client_ssl_cert",
    "pulp_client_ssl_key",
  ],
  ...["db_max_connections", "db_pool_timeout"],
];

/** Values of the plugin that are left out, and why. */
export const PLUGIN_OMITTED: Readonly<Record<string, string>> = {
  enabled: "the gateway is a service of its own",
  sqlite_db_path: "the data is imported into PostgreSQL",
  sqlite_timeout: "the gateway does not use SQLite",
  db_connection_string: "the gateway gets a database of its own, which the plugin can't change",
};

/** Values of the Smart Proxy that keep their name. */
export const SMART_PROXY_SAME = ["ssl_certificate", "ssl_private_key", "ssl_ca_file", "trusted_hosts"];

/** Values of the Smart Proxy that are about itself alone. */
export const SMART_PROXY_OWN =
  /^(?:settings_directory|http_port|https_port|bind_host|daemon.*|log_file|log_buffer.*|file_.*|system_logging.*|forward_verify|dns_resolv_timeouts|foreman_url|foreman_ssl_(?:ca|cert|key)|log_level)$/;

/** Levels of the log by their names in Ruby. */
export const LOG_LEVELS: Readonly<Record<string, string>> = {
  DEBUG: "debug",
  INFO: "info",
  WARN: "warn",
  ERROR: "error",
  FATAL: "fatal",
  UNKNOWN: "fatal",
};
