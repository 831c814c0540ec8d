"""A proposal: examined at one head, its reviews, what was added without our client, and the pages that its conversation is made of."""
