// Read from azd's environment, or from the shell's where azd is not used. docs/install.md sets them.
using 'main.bicep'

param name = readEnvironmentVariable('NAME_PREFIX', 'baton')
param location = readEnvironmentVariable('AZURE_LOCATION')
param clientSecret = readEnvironmentVariable('CLIENT_SECRET', '')
param databasePassword = readEnvironmentVariable('DATABASE_PASSWORD')
param databaseServer = readEnvironmentVariable('DATABASE_SERVER', '')
