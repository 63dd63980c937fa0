"""What a booking, a movement and a message cost, and how many of them a State's machines carry."""
