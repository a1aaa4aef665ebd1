// The ground that Baton stands on, in one resource group: a module for each resource. What runs on
// it is baton.bicep, which is deployed once an image is in the registry that is made here.
//
//   azd up                                    this, an image, and baton.bicep
//   az deployment group create -g RG -p infra/main.bicepparam      this alone

targetScope = 'resourceGroup'

@description('Short name that every resource name begins with: lower-case letters, digits and hyphens, a letter first, no hyphen last. The same as in baton.bicep.')
@minLength(2)
@maxLength(12)
param name string = 'baton'

@description('Where everything runs, but for the bot registration, which is global.')
param location string = resourceGroup().location

@description('A secret of the app registration, where neither identity nor certificate can be had.')
@secure()
param clientSecret string = ''

@description('Password of the database administrator; kept in the vault as part of DATABASE_URL. Three of: upper case, lower case, digits, others; without the name "baton" in it.')
@minLength(16)
@maxLength(128)
@secure()
param databasePassword string

@description('Name of the database server, such as one that was restored from a backup (docs/running.md). Empty: one is made and named here. What it was comes back as an output, so that azd keeps to it.')
param databaseServer string = ''

var tags = { app: 'baton' }
var suffix = uniqueString(resourceGroup().id)

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

module network 'modules/network.bicep' = {
  name: 'network'
  params: {
    name: name
    location: location
    tags: tags
  }
}

// A registry's name takes no hyphen.
module registry 'modules/registry.bicep' = {
  name: 'registry'
  params: {
    name: '${replace(name, '-', '')}${suffix}'
    location: location
    tags: tags
    readerId: identity.outputs.principalId
  }
}

module database 'modules/database.bicep' = {
  name: 'database'
  params: {
    name: empty(databaseServer) ? '${name}-${suffix}' : databaseServer
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

// azd and Microsoft 365 Agents Toolkit keep these under their names.
output AZURE_CONTAINER_REGISTRY_ENDPOINT string = registry.outputs.host
output IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId
output KEY_VAULT_NAME string = vault.outputs.name
output DATABASE_SERVER string = database.outputs.name
output DATABASE_SUBNET_ID string = network.outputs.databaseSubnetId
output DATABASE_DNS_ZONE_ID string = network.outputs.databaseDnsZoneId
output ENVIRONMENT_NAME string = environment.outputs.name
