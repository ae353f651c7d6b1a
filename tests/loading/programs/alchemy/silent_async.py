"""Programs that touch only what is there."""

from __future__ import annotations

from shop.models import Customer, Order
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload


async def with_options(session: AsyncSession):
    order = await session.get(Order, 1, options=[selectinload(Order.lines)])
    return len(order.lines)


async def loaded(session: AsyncSession):
    query = select(Order).options(joinedload(Order.customer)).order_by(Order.id)
    return [order.customer.name for order in await session.scalars(query)]


async def awaited_attributes(session: AsyncSession):
    order = await session.get(Order, 1)
    return len(await order.awaitable_attrs.lines)


async def refreshed(session: AsyncSession):
    order = await session.get(Order, 1)
    await session.refresh(order, ["lines"])
    return len(order.lines)


async def refreshed_by_name(session: AsyncSession):
    order = await session.get(Order, 1)
    await session.refresh(order, attribute_names=["customer"])
    return order.customer.name


async def run_in_the_session(session: AsyncSession):
    order = await session.get(Order, 1)
    return await session.run_sync(lambda _: len(order.lines))


async def run_in_a_function(session: AsyncSession):
    def names(sync):
        query = select(Order).options(joinedload(Order.customer)).order_by(Order.id)
        return [order.customer.name for order in sync.scalars(query)]

    return await session.run_sync(names)


async def loaded_always(session: AsyncSession):
    orders = await session.scalars(select(Order).order_by(Order.id))
    return [(len(order.payments), order.invoice.number) for order in orders]


async def columns(session: AsyncSession):
    orders = await session.scalars(select(Order).order_by(Order.id))
    return [(order.number, order.customer_id) for order in orders]


async def set_by_the_program(session: AsyncSession):
    order = await session.get(Order, 1, options=[joinedload(Order.customer)])
    customer = await session.get(Customer, 2)
    order.customer = customer
    return order.customer.name
