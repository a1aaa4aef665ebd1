// `work`: messages, Outlook, the clock. One always runs, for the clock; more when jobs wait.

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
    command: 'work'
    migrates: false
    ingress: null
    probes: []
    least: 1
    most: most
    rules: [
      {
        name: 'jobs'
        custom: {
          type: 'postgresql'
          metadata: {
            query: 'select count(*) from procrastinate_jobs where status = \'todo\' and coalesce(scheduled_at, \'-infinity\') <= now()'
            targetQueryValue: '100'
          }
          auth: [{ secretRef: 'database-url', triggerParameter: 'connection' }]
        }
      }
    ]
  }
}

output name string = container.outputs.name
