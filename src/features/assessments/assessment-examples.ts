/** Requests that score: prefilled at /docs and sent to the service by its tests. */

const python = `"""Totals by customer."""

from collections.abc import Iterable


class NegativeAmount(ValueError):
    """An order whose amount is below zero."""


def totals_by_customer(orders: Iterable[dict]) -> dict[str, float]:
    """Return what each customer has spent.

    Raises NegativeAmount for the first order below zero.
    """
    totals: dict[str, float] = {}
    for order in orders:
        amount = order["amount"]
        if amount < 0:
            raise NegativeAmount(f"order {order['id']}: {amount}")
        customer = order["customer"]
        totals[customer] = totals.get(customer, 0.0) + amount
    return totals
`;

const pythonTest = `import pytest

from totals import NegativeAmount, totals_by_customer


def test_adds_up_by_customer():
    orders = [{"id": 1, "customer": "ada", "amount": 2.5}, {"id": 2, "customer": "ada", "amount": 0.5}]
    assert totals_by_customer(orders) == {"ada": 3.0}


def test_refuses_a_negative_amount():
    with pytest.raises(NegativeAmount, match="order 7"):
        totals_by_customer([{"id": 7, "customer": "ada", "amount": -1}])
`;

const explanation =
  'I chose one pass over the orders with a dictionary, because the file is unsorted and sorting would cost more than the sums. totals_by_customer raises NegativeAmount instead of skipping the order, so that a broken export is seen on the first day. With a million orders the dictionary holds only the customers; if that grows too large I would move the sum into the database.';

export const assessmentExamples = {
  files: {
    summary: 'Files with a test and an explanation',
    value: {
      candidate_id: 'candidate_42',
      submission_type: 'project' as const,
      content: {
        files: [
          { path: 'totals.py', content: python },
          { path: 'test_totals.py', content: pythonTest },
        ],
        explanation,
      },
    },
  },
  code: {
    summary: 'One piece of code, judged technically',
    value: {
      candidate_id: 'candidate_42',
      content: { code: python },
      paths_to_evaluate: ['technical'],
    },
  },
  prose: {
    summary: 'Prose alone',
    value: { candidate_id: 'candidate_42', content: { explanation } },
  },
};
