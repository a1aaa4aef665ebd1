// az deployment group create -g RG -f infra/main.bicep -p infra/example.bicepparam
using 'main.bicep'

param name = 'baton'
param clientId = '00000000-0000-0000-0000-000000000000'
param clientSecret = readEnvironmentVariable('CLIENT_SECRET', '')
param databasePassword = readEnvironmentVariable('DATABASE_PASSWORD')
param image = readEnvironmentVariable('IMAGE', '')
