"""What the tests of delivery share: commands by example, doubles of its edges, and a delivery between them."""
