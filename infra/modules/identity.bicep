// Who the containers are towards Azure: may pull the image and read the vault, nothing else. In
// Entra it vouches for the app registration, once that trusts it (docs/install.md).

param name string
param location string
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: name
  location: location
  tags: tags
}

output id string = identity.id
output principalId string = identity.properties.principalId
output clientId string = identity.properties.clientId
