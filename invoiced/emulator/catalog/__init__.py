"""What is sold and at which price: plans, items, coupons, tax rates and tax rules."""
