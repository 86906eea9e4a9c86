"""What is kept between messages, in Redis: arrivals until they are answered, and cases."""
