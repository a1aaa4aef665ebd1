// Baton in one resource group: a module for each resource, put together here.
//
//   azd up                                          builds the image, provisions, deploys
//   az deployment group create -g RG -f infra/main.bicep -p infra/example.bicepparam
//
// The app registration in Entra comes first (docs/install.md): its id is a parameter.

targetScope = 'resourceGroup'

@description('Short name that every resource name begins with.')
@minLength(2)
@maxLength(12)
param name string = 'baton'

@description('Where everything runs, but for the bot registration, which is global.')
param location string = resourceGroup().location

@description('The Entra tenant whose people use Baton.')
param tenantId string = tenant().tenantId

@description('The app registration that is both the bot and the caller of Graph.')
param clientId string

@description('Name of a certificate in the vault (PEM, with its key), to sign in with instead of the managed identity.')
param certificateName string = ''

@description('A secret of that app registration, where neither identity nor certificate can be had.')
@secure()
param clientSecret string = ''

@description('The https address at which Teams and Graph reach Baton. Empty: the one Azure gives.')
param publicUrl string = ''

@description('Password of the database administrator; kept in the vault as part of DATABASE_URL.')
@minLength(16)
@secure()
param databasePassword string

@description('The rules that everyone is held to: the text of policy.toml.')
param policy string = loadTextContent('../policy.toml')

@description('The image to run. azd names the one that it has built; the first time there is none.')
param image string = ''

@description('Where Baton is paid for by use: how many of each process at most.')
@minValue(1)
param mostServe int = 3

@minValue(1)
param mostWork int = 5

@description('Mail address that hears when a promise is broken. Empty: alerts are only listed.')
param alertMail string = ''

var tags = { app: 'baton' }
var suffix = uniqueString(resourceGroup().id)
var vouching = empty(certificateName) && empty(clientSecret) ? identity.outputs.clientId : ''

module identity 'modules/identity.bicep' = {
  name: 'identity'
  params: {
    name: '${name}-identity'
    location: location
    tags: tags
  }
}

module logs 'modules/logs.bicep' = {
  name: 'logs'
  params: {
    name: '${name}-logs'
    location: location
    tags: tags
  }
}

module insights 'modules/insights.bicep' = {
  name: 'insights'
  params: {
    name: '${name}-insights'
    location: location
    tags: tags
    logsName: logs.outputs.name
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  params: {
    name: '${name}-alerts'
    location: location
    tags: tags
    insightsId: insights.outputs.id
    mail: alertMail
  }
}

module network 'modules/network.bicep' = {
  name: 'network'
  params: {
    name: name
    location: location
    tags: tags
  }
}

module registry 'modules/registry.bicep' = {
  name: 'registry'
  params: {
    name: '${name}${suffix}'
    location: location
    tags: tags
    readerId: identity.outputs.principalId
  }
}

module database 'modules/database.bicep' = {
  name: 'database'
  params: {
    name: '${name}-${suffix}'
    location: location
    tags: tags
    password: databasePassword
    subnetId: network.outputs.databaseSubnetId
    dnsZoneId: network.outputs.databaseDnsZoneId
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  params: {
    name: take('${name}-${suffix}', 24)
    location: location
    tags: tags
    readerId: identity.outputs.principalId
    databaseHost: database.outputs.host
    databaseUser: database.outputs.user
    databasePassword: databasePassword
    databaseName: database.outputs.databaseName
    clientSecret: clientSecret
  }
}

module environment 'modules/environment.bicep' = {
  name: 'environment'
  params: {
    name: '${name}-environment'
    location: location
    tags: tags
    subnetId: network.outputs.containersSubnetId
    logsName: logs.outputs.name
  }
}

var address = empty(publicUrl) ? 'https://${name}-serve.${environment.outputs.domain}' : publicUrl

module serve 'modules/serve.bicep' = {
  name: 'serve'
  params: {
    name: '${name}-serve'
    location: location
    tags: union(tags, { 'azd-service-name': 'serve' })
    environmentId: environment.outputs.id
    identityId: identity.outputs.id
    registryHost: registry.outputs.host
    image: image
    vaultUrl: vault.outputs.url
    tenantId: tenantId
    clientId: clientId
    vouching: vouching
    certificateName: certificateName
    publicUrl: address
    policy: policy
    insights: insights.outputs.connection
    most: mostServe
  }
}

module work 'modules/work.bicep' = {
  name: 'work'
  params: {
    name: '${name}-work'
    location: location
    tags: union(tags, { 'azd-service-name': 'work' })
    environmentId: environment.outputs.id
    identityId: identity.outputs.id
    registryHost: registry.outputs.host
    image: image
    vaultUrl: vault.outputs.url
    tenantId: tenantId
    clientId: clientId
    vouching: vouching
    certificateName: certificateName
    publicUrl: address
    policy: policy
    insights: insights.outputs.connection
    most: mostWork
  }
}

module bot 'modules/bot.bicep' = {
  name: 'bot'
  params: {
    name: '${name}-bot-${suffix}'
    tags: tags
    clientId: clientId
    tenantId: tenantId
    publicUrl: address
  }
}

// azd and Microsoft 365 Agents Toolkit read these by name.
output AZURE_CONTAINER_REGISTRY_ENDPOINT string = registry.outputs.host
output IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId
output PUBLIC_URL string = address
output CLIENT_ID string = clientId
output TENANT_ID string = tenantId
output KEY_VAULT_URL string = vault.outputs.url
output BOT_NAME string = bot.outputs.name
output SERVE_NAME string = serve.outputs.name
output WORK_NAME string = work.outputs.name
