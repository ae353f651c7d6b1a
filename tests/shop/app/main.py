"""The routes of the shop."""

from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import rates
from app.db import session

app = FastAPI(title="Shop")
Database = Annotated[Session, Depends(session)]


@app.get("/products")
def find_products(name: str, db: Database) -> list[dict]:
    """Products by name."""
    rows = db.execute(text(f"SELECT id, name, price FROM products WHERE name = '{name}'"))
    return [dict(row) for row in rows.mappings()]


@app.get("/products/{product_id}")
def get_product(product_id: int, db: Database) -> dict:
    """One product."""
    row = db.execute(text("SELECT id, name, price FROM products WHERE id = :id"), {"id": product_id}).mappings().first()
    if row is None:
        raise HTTPException(404, "no such product")
    return dict(row)


@app.get("/products/{product_id}/price")
def get_price(product_id: int, currency: str, db: Database) -> float:
    """The price of a product in a currency."""
    product = get_product(product_id, db)
    return round(float(product["price"]) * rates.latest("EUR")[currency], 2)


@app.post("/sale")
def start_sale(db: Database) -> None:
    """Ten percent off."""
    db.execute(text("UPDATE products SET price = price * 0.9"))
    db.commit()
