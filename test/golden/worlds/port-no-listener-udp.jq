published(8080; 80) | .containers[-1].ports[0].proto = 17
