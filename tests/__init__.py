"""The promises of the product, each a sentence."""
