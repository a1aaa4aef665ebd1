// The secrets, read by the containers' identity alone. A certificate for sign-in is put here by hand.

param name string
param location string
param tags { *: string }

@description('Principal that may read secrets.')
param readerId string

param databaseHost string
param databaseUser string
param databaseName string

@secure()
param databasePassword string

@secure()
param clientSecret string

var secretsUser = '4633458b-17de-408a-874b-0445c86b69e6'

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enablePurgeProtection: true
    softDeleteRetentionInDays: 30
  }

  resource database 'secrets' = {
    name: 'database-url'
    properties: {
      value: 'postgresql://${databaseUser}:${uriComponent(databasePassword)}@${databaseHost}/${databaseName}?sslmode=require'
    }
  }

  resource client 'secrets' = if (!empty(clientSecret)) {
    name: 'client-secret'
    properties: { value: clientSecret }
  }
}

resource read 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, readerId, secretsUser)
  scope: vault
  properties: {
    principalId: readerId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}

output name string = vault.name
