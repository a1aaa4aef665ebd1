// Read from azd's environment, or from the shell's where azd is not used. docs/install.md sets
// them; SERVICE_BATON_IMAGE_NAME is azd's own name for the image that it has built.
using 'baton.bicep'

param name = readEnvironmentVariable('NAME_PREFIX', 'baton')
param location = readEnvironmentVariable('AZURE_LOCATION')
param clientId = readEnvironmentVariable('CLIENT_ID')
param tenantId = readEnvironmentVariable('TENANT_ID')
param signIn = readEnvironmentVariable('SIGN_IN', 'identity')
param certificateName = readEnvironmentVariable('CERTIFICATE_NAME', 'baton-certificate')
param publicUrl = readEnvironmentVariable('CUSTOM_URL', '')
param customDomains = json(readEnvironmentVariable('CUSTOM_DOMAINS', '[]'))
param image = readEnvironmentVariable('SERVICE_BATON_IMAGE_NAME')
param workers = int(readEnvironmentVariable('WORKERS', '10'))
param cloud = readEnvironmentVariable('CLOUD', 'public')
param testMailbox = readEnvironmentVariable('TEST_MAILBOX', '')
param outsideMailbox = readEnvironmentVariable('OUTSIDE_MAILBOX', '')
param noticeMailbox = readEnvironmentVariable('NOTICE_MAILBOX', '')
param teamsAppId = readEnvironmentVariable('TEAMS_APP_ID', '')
param alertMail = readEnvironmentVariable('ALERT_MAIL', '')
