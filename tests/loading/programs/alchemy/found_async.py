"""Programs that touch what their asynchronous session has not loaded."""

from __future__ import annotations

from shop.helpers import lines, total
from shop.models import Customer, Order
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload


async def once(session: AsyncSession):
    order = await session.get(Order, 1)
    return len(order.lines)


async def with_options(session: AsyncSession):
    order = await session.get(Order, 1, options=[selectinload(Order.tags)])
    return len(order.tags), order.customer.name


async def scalar(session: AsyncSession):
    order = await session.scalar(select(Order).order_by(Order.id))
    return order.customer.name


async def in_a_loop(session: AsyncSession):
    orders = (await session.scalars(select(Order).order_by(Order.id))).all()
    return [order.customer.name for order in orders]


async def executed(session: AsyncSession):
    result = await session.execute(select(Order).order_by(Order.id))
    return [[line.product.name for line in order.lines] for order in result.scalars()]


async def streamed(session: AsyncSession):
    found = []
    async for order in await session.stream_scalars(select(Order).order_by(Order.id)):
        found.append(len(order.lines))
    return found


async def by_a_helper(session: AsyncSession):
    orders = await session.scalars(select(Order).order_by(Order.id))
    return [total(order) for order in orders]


async def first(session: AsyncSession):
    result = await session.execute(select(Customer).where(Customer.id == 1))
    customer = result.scalar_one()
    return customer.region.name


async def refreshed_something_else(session: AsyncSession):
    order = await session.get(Order, 1)
    await session.refresh(order, ["tags"])
    return len(order.tags), len(order.lines)


async def asked_elsewhere(session: AsyncSession):
    return [line.order.number for line in await lines(session)]
