published(8080; 80)
