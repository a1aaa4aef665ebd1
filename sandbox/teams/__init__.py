"""Teams: the chats of the company's people with the bot, from either end."""
