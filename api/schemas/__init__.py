"""What goes over the wire: requests refuse what they do not know, answers are held to their documents."""
