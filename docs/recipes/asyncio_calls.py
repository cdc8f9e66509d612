"""Print what each customer owes, with many calls at a time, from asyncio.

python asyncio_calls.py
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import invoiced

CALLS_AT_A_TIME = 8


async def main() -> None:
    loop = asyncio.get_running_loop()
    # A deadline ends a call in its thread, which cancellation cannot do.
    with (
        ThreadPoolExecutor(CALLS_AT_A_TIME) as threads,
        invoiced.Client(deadline=20) as client,
    ):
        open_balances = client.Customer.all(open_balance=True, strict=True)
        # One thread reads the whole list: it cannot be read in turns.
        customers = await loop.run_in_executor(threads, list, open_balances)
        balances = [
            loop.run_in_executor(threads, customer.balance) for customer in customers
        ]
        results = await asyncio.gather(*balances, return_exceptions=True)
    for customer, result in zip(customers, results, strict=True):
        if isinstance(result, invoiced.Balance):
            print(customer.name, result.total_outstanding)
        else:
            print(customer.name, f"failed: {result}")


if __name__ == "__main__":
    asyncio.run(main())
