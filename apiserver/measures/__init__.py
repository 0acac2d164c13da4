"""What is counted beside the requests themselves: who was let in, how long admission took, what was given out.

Counting costs an addition; words are made when somebody asks for `/metrics`.
"""
