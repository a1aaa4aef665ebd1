// PostgreSQL: handoffs, promises, the timeline and the jobs. Reached over the private network.

param name string
param location string
param tags { *: string }

@secure()
param password string

param subnetId string
param dnsZoneId string

@description('Small is enough for hundreds of reps; raise it when the queue says so.')
param size string = 'Standard_B2s'

@description('Days that a backup is kept.')
@minValue(7)
@maxValue(35)
param days int = 14

var user = 'baton'

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: size
    tier: startsWith(size, 'Standard_B') ? 'Burstable' : 'GeneralPurpose'
  }
  properties: {
    version: '16'
    administratorLogin: user
    administratorLoginPassword: password
    storage: { storageSizeGB: 32, autoGrow: 'Enabled' }
    backup: { backupRetentionDays: days, geoRedundantBackup: 'Disabled' }
    network: {
      delegatedSubnetResourceId: subnetId
      privateDnsZoneArmResourceId: dnsZoneId
    }
  }

  resource database 'databases' = {
    name: 'baton'
    properties: { charset: 'UTF8' }
  }
}

output name string = server.name
output host string = server.properties.fullyQualifiedDomainName
output user string = user
output databaseName string = server::database.name
