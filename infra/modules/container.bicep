// What `serve` and `work` have in common: image, identity, secrets, settings, policy file.

param name string
param location string
param tags object
param environmentId string
param identityId string
param registryHost string

@description('Empty before the first build: then a page of Azure\'s own stands in.')
param image string

param vaultUrl string
param tenantId string
param clientId string

@description('Client id of the managed identity that vouches for the app; empty: none does.')
param vouching string

param certificateName string
param publicUrl string
param policy string

@description('Connection string of Application Insights: where traces and metrics go.')
param insights string

@description('What follows `python app.py`.')
param command string

@description('https from outside, or none.')
param ingress object?

param probes array
param least int
param most int
param rules array

@description('Run before the first container starts: safe at any time, by many at once.')
param migrates bool

var standIn = 'mcr.microsoft.com/azuredocs/containerapps-helloworld:latest'
var withCertificate = empty(vouching) && !empty(certificateName)
var folder = '/etc/baton'
var credential = !empty(vouching)
  ? []
  : withCertificate
      ? [{ name: 'certificate', keyVaultUrl: '${vaultUrl}secrets/${certificateName}', identity: identityId }]
      : [{ name: 'client-secret', keyVaultUrl: '${vaultUrl}secrets/client-secret', identity: identityId }]
var settings = concat(
  [
    { name: 'DATABASE_URL', secretRef: 'database-url' }
    { name: 'TENANT_ID', value: tenantId }
    { name: 'CLIENT_ID', value: clientId }
    { name: 'PUBLIC_URL', value: publicUrl }
    { name: 'POLICY_FILE', value: '${folder}/policy' }
    { name: 'LOG_FORMAT', value: 'json' }
    { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: insights }
  ],
  !empty(vouching)
    ? [{ name: 'MANAGED_IDENTITY', value: vouching }]
    : withCertificate
        ? [{ name: 'CLIENT_CERTIFICATE', value: '${folder}/certificate' }]
        : [{ name: 'CLIENT_SECRET', secretRef: 'client-secret' }]
)
var mounts = [{ volumeName: 'files', mountPath: folder }]
var files = concat(
  [{ secretRef: 'policy', path: 'policy' }],
  withCertificate ? [{ secretRef: 'certificate', path: 'certificate' }] : []
)
var size = { cpu: json('0.5'), memory: '1Gi' }
var isReal = !empty(image)

resource app 'Microsoft.App/containerApps@2024-03-01' = {
  name: name
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    environmentId: environmentId
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      ingress: ingress
      registries: [{ server: registryHost, identity: identityId }]
      secrets: concat(
        [
          { name: 'database-url', keyVaultUrl: '${vaultUrl}secrets/database-url', identity: identityId }
          { name: 'policy', value: policy }
        ],
        credential
      )
    }
    template: {
      terminationGracePeriodSeconds: 30
      initContainers: migrates && isReal
        ? [
            {
              name: 'migrate'
              image: image
              args: ['migrate']
              env: settings
              volumeMounts: mounts
              resources: size
            }
          ]
        : []
      containers: [
        {
          name: 'main'
          image: isReal ? image : standIn
          args: isReal ? [command] : []
          env: settings
          volumeMounts: mounts
          probes: isReal ? probes : []
          resources: size
        }
      ]
      scale: { minReplicas: least, maxReplicas: most, rules: rules }
      volumes: [{ name: 'files', storageType: 'Secret', secrets: files }]
    }
  }
}

output name string = app.name
