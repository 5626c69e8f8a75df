resolvers(["127.0.0.53"])
