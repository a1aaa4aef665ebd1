// What runs on the ground of main.bicep: both processes, the bot registration that leads to them,
// and the alerts on what they measure. `azd deploy` deploys this with the image that it has built,
// since it bears the name of the service in azure.yaml: image, commands, first step, probes and
// settings are one revision.
// https://learn.microsoft.com/azure/developer/azure-developer-cli/container-apps-workflows

import { domain } from 'modules/container.bicep'

targetScope = 'resourceGroup'

@description('The same as in main.bicep.')
@minLength(2)
@maxLength(12)
param name string = 'baton'

param location string = resourceGroup().location

@description('The Entra tenant whose people use Baton.')
param tenantId string = tenant().tenantId

@description('The app registration that is both the bot and the caller of Graph.')
@minLength(36)
param clientId string

@description('What vouches for the app registration: the managed identity, or what the vault keeps as certificateName or as client-secret.')
@allowed(['identity', 'certificate', 'secret'])
param signIn string = 'identity'

@description('Name of a secret in the vault: a PEM with certificate and key.')
param certificateName string = 'baton-certificate'

@description('The https address at which Teams and Graph reach Baton. Empty: the one Azure gives.')
param publicUrl string = ''

@description('Names of your own that lead to Baton. What is not named here is taken away by a deployment. Without a certificate nothing is served at it yet.')
param customDomains domain[] = []

@description('The image to run, with its registry and tag.')
@minLength(1)
param image string

@description('The rules that everyone is held to: the text of policy.toml.')
param policy string = loadTextContent('../policy.toml')

@description('Where Baton is paid for by use: how many of each process at most.')
@minValue(1)
param mostServe int = 3

@minValue(1)
param mostWork int = 5

@description('Jobs that one worker process runs at once.')
@minValue(1)
param workers int = 10

@description('Which of Microsoft\'s clouds has the tenant.')
@allowed(['public', 'gcc', 'gcc-high', 'dod', 'china'])
param cloud string = 'public'

@description('Sign-in name of a mailbox on which `doctor` tries each permission. Empty: none.')
param testMailbox string = ''

@description('And of one that Exchange must keep closed. Empty: none.')
param outsideMailbox string = ''

@description('Id of Baton in the catalogue of Teams, by which cards lead to the tab. Empty: none do.')
param teamsAppId string = ''

@description('Sign-in name of who mails those Teams does not reach. Empty: the qualifier.')
param noticeMailbox string = ''

@description('Mail address that hears when a promise is broken. Empty: alerts are only listed.')
param alertMail string = ''

var tags = { app: 'baton' }
var suffix = uniqueString(resourceGroup().id)
var address = empty(publicUrl) ? 'https://${name}-serve.${environment.properties.defaultDomain}' : publicUrl

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: '${name}-identity'
}

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' existing = {
  name: '${replace(name, '-', '')}${suffix}'
}

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' existing = {
  name: take('${name}-${suffix}', 24)
}

resource environment 'Microsoft.App/managedEnvironments@2025-07-01' existing = {
  name: '${name}-environment'
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: '${name}-insights'
}

var shared = {
  location: location
  environmentId: environment.id
  identityId: identity.id
  registryHost: registry.properties.loginServer
  image: image
  vaultUrl: vault.properties.vaultUri
  vouching: signIn == 'identity' ? identity.properties.clientId : ''
  certificateName: signIn == 'certificate' ? certificateName : ''
  policy: policy
  settings: [
    { name: 'TENANT_ID', value: tenantId }
    { name: 'CLIENT_ID', value: clientId }
    { name: 'CLOUD', value: cloud }
    { name: 'PUBLIC_URL', value: address }
    { name: 'WORKERS', value: string(workers) }
    { name: 'TEST_MAILBOX', value: testMailbox }
    { name: 'OUTSIDE_MAILBOX', value: outsideMailbox }
    { name: 'NOTICE_MAILBOX', value: noticeMailbox }
    { name: 'TEAMS_APP_ID', value: teamsAppId }
    { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: insights.properties.ConnectionString }
  ]
}

// azd takes the first container app of the deployment for the service's own and asks it for its
// addresses; one tag leads to one resource.
module serve 'modules/serve.bicep' = {
  name: 'serve'
  params: {
    name: '${name}-serve'
    tags: union(tags, { 'azd-service-name': 'baton' })
    shared: shared
    customDomains: customDomains
    most: mostServe
  }
}

module work 'modules/work.bicep' = {
  name: 'work'
  params: {
    name: '${name}-work'
    tags: tags
    shared: shared
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

// Here and not with the ground: they ask for what this version measures, and a rule on a component
// that was made minutes before may be refused.
module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  params: {
    name: '${name}-alerts'
    location: location
    tags: tags
    insightsId: insights.id
    mail: alertMail
  }
}

// azd keeps these under their names.
output PUBLIC_URL string = address
output SERVE_NAME string = serve.outputs.name
output WORK_NAME string = work.outputs.name
output BOT_NAME string = bot.outputs.name
