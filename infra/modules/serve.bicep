// `serve`: answers Teams, Graph and browsers. Alive and ready are two questions.

param name string
param location string
param tags object
param environmentId string
param identityId string
param registryHost string
param image string
param vaultUrl string
param tenantId string
param clientId string
param vouching string
param certificateName string
param publicUrl string
param policy string
param insights string
param most int

var port = 3978

func asked(path string, port int) object => { path: path, port: port, scheme: 'HTTP' }

module container 'container.bicep' = {
  name: '${name}-container'
  params: {
    name: name
    location: location
    tags: tags
    environmentId: environmentId
    identityId: identityId
    registryHost: registryHost
    image: image
    vaultUrl: vaultUrl
    tenantId: tenantId
    clientId: clientId
    vouching: vouching
    certificateName: certificateName
    publicUrl: publicUrl
    policy: policy
    insights: insights
    command: 'serve'
    migrates: true
    ingress: {
      external: true
      targetPort: port
      transport: 'http'
      allowInsecure: false
    }
    probes: [
      { type: 'Startup', httpGet: asked('/healthz', port), periodSeconds: 5, failureThreshold: 10 }
      { type: 'Liveness', httpGet: asked('/healthz', port), periodSeconds: 10, failureThreshold: 3 }
      { type: 'Readiness', httpGet: asked('/readyz', port), periodSeconds: 5, failureThreshold: 2 }
    ]
    least: 1
    most: most
    rules: [{ name: 'requests', http: { metadata: { concurrentRequests: '100' } } }]
  }
}

output name string = container.outputs.name
