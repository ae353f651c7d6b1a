"""Where request data goes inside of a function and through the helpers of its module."""
