# Records calls to a gateway as Katello's tests do: rest-client with VCR, into a cassette in YAML.
#
# Standard input: {"base", "cert", "key", "ca", "folder", "calls": [{"method", "path", "payload"}]}
# Standard output: the path of the cassette.
require 'json'
require 'tempfile'
require 'rest-client'
require 'vcr'
require 'webmock'

scenario = JSON.parse($stdin.read)
VCR.configure do |config|
  config.cassette_library_dir = scenario['folder']
  config.hook_into :webmock
end

ca = Tempfile.new(['ca', '.pem'])
ca.write(scenario['ca'])
ca.flush
options = {
  headers: { accept: :json, x_request_id: 'f0a3a1f6-33c8-4f3b-9d07-9a7c0d0b7b5e' },
  ssl_client_cert: OpenSSL::X509::Certificate.new(scenario['cert']),
  ssl_client_key: OpenSSL::PKey.read(scenario['key']),
  ssl_ca_file: ca.path
}

VCR.use_cassette('sync', record: :all) do
  scenario['calls'].each do |call|
    resource = RestClient::Resource.new("#{scenario['base']}/container_gateway/#{call['path']}", options)
    call['method'] == 'get' ? resource.get : resource[''].put(call['payload'])
  end
end
puts File.join(scenario['folder'], 'sync.yml')
