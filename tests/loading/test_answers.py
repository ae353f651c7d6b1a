"""Rows that become answers: response models of FastAPI, and serializers of Django REST framework."""

from __future__ import annotations

from tests.cards.fences import applied, project_of
from tests.loading.shops import PROGRAMS, findings_in

SCHEMAS = """
from pydantic import BaseModel, ConfigDict


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class CustomerOut(Out):
    name: str


class OrderOut(Out):
    number: str
    customer: CustomerOut | None
    lines: list["LineOut"]


class LineOut(Out):
    amount: int


class Number(Out):
    number: str


class Given(BaseModel):
    customer: CustomerOut
"""
ROUTES = """
from fastapi import APIRouter
from shop.models import Order
from shop.schemas import Given, Number, OrderOut
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

router = APIRouter()


@router.get("/orders", response_model=list[OrderOut])
def orders(session: Session):
    return session.scalars(select(Order)).all()  # found


@router.get("/same")
def same(session: Session) -> list[OrderOut]:
    return session.query(Order).all()  # found


@router.get("/awaited")
async def awaited(session, number: int) -> OrderOut:
    return await session.get(Order, number)  # found


@router.get("/loaded", response_model=list[OrderOut])
def loaded(session: Session):
    options = joinedload(Order.customer), selectinload(Order.lines)
    return session.scalars(select(Order).options(*options)).all()


@router.get("/numbers", response_model=list[Number])
def numbers(session: Session):
    return session.scalars(select(Order)).all()


@router.get("/one", response_model=OrderOut)
def one(session: Session, number: int):
    return session.get(Order, number)


@router.get("/given", response_model=list[Given])
def given(session: Session):
    return session.scalars(select(Order)).all()
"""
VIEWS = """
from rest_framework import generics, serializers, viewsets
from shop.models import Line, Order


class LineSerializer(serializers.ModelSerializer):
    product_name = serializers.CharField(source="product.name")

    class Meta:
        model = Line
        fields = ["id", "product_name"]


class OrderSerializer(serializers.ModelSerializer):
    lines = LineSerializer(many=True)
    buyer = serializers.CharField(source="customer.name")

    class Meta:
        model = Order
        fields = ["id", "lines", "buyer"]


class OrderInput(serializers.ModelSerializer):
    lines = LineSerializer(many=True, write_only=True)

    class Meta:
        model = Order
        fields = ["id", "lines"]


class Inputs(viewsets.ModelViewSet):
    queryset = Order.objects.all()
    serializer_class = OrderInput


class Orders(viewsets.ModelViewSet):
    queryset = Order.objects.all()
    serializer_class = OrderSerializer  # found


class Loaded(generics.ListAPIView):
    queryset = Order.objects.select_related("customer").prefetch_related("lines__product")
    serializer_class = OrderSerializer


class LoadedByMethod(generics.ListAPIView):
    queryset = Order.objects.all()
    serializer_class = OrderSerializer

    def get_queryset(self):
        return Order.objects.select_related("customer").prefetch_related("lines__product")


class AskedByMethod(generics.ListAPIView):
    serializer_class = OrderSerializer  # found

    def get_queryset(self):
        return Order.objects.filter(customer=self.request.user.pk)


class Strange(generics.ListAPIView):
    queryset = Order.objects.all()
    serializer_class = OrderSerializer

    def get_queryset(self):
        return super().get_queryset().of_user(self.request.user)


class One(generics.RetrieveAPIView):
    queryset = Order.objects.all()
    serializer_class = OrderSerializer
"""


def _texts(folder: str, **texts: str) -> dict[str, str]:
    models = (PROGRAMS / folder / "models.py").read_text(encoding="utf-8")
    return {"shop/models.py": models, **{f"shop/{name}.py": text for name, text in texts.items()}}


def _found(texts: dict[str, str], path: str) -> set[int]:
    return {one.span.line for one in findings_in(project_of(texts)).get(path, [])}


def _marked(text: str) -> set[int]:
    return {number for number, line in enumerate(text.split("\n")) if line.endswith("# found")}


def _repaired(texts: dict[str, str]) -> dict[str, str]:
    for _ in range(20):
        project = project_of(texts)
        remedies = [one.remedy for some in findings_in(project).values() for one in some if one.remedy]
        if not remedies:
            return texts
        changes = remedies[0].plan.changes(project)
        texts = {**texts, **{path: applied(edits, texts[path]) for path, edits in changes.edits.items()}}
    raise AssertionError("the remedies find no end")


def test_response_models_touch_relationships() -> None:
    texts = _texts("alchemy", schemas=SCHEMAS, routes=ROUTES)
    assert _found(texts, "shop/routes.py") == _marked(ROUTES)
    text = _repaired(texts)["shop/routes.py"]
    assert "select(Order).options(joinedload(Order.customer), selectinload(Order.lines))" in text
    assert _found({**texts, "shop/routes.py": text}, "shop/routes.py") == set()


def test_serializers_touch_relationships() -> None:
    texts = _texts("django", views=VIEWS)
    assert _found(texts, "shop/views.py") == _marked(VIEWS)
    text = _repaired(texts)["shop/views.py"]
    assert 'Order.objects.all().select_related("customer").prefetch_related("lines__product")' in text
