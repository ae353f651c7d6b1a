"""Programs of Django. Each function gives or runs a query, and says in its docstring the SQL that it equals.

The parameters of functions are what only the program knows; `:name` stands for them in SQL.
"""

# ruff: noqa: TC003, RUF012, E501 - programs as people write them, with the SQL on one line

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Avg, Count, Exists, F, Max, Min, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Lower, TruncDate, Upper
from django.shortcuts import get_list_or_404, get_object_or_404


class Author(models.Model):
    name = models.CharField(max_length=100)
    email = models.CharField(max_length=200)
    born = models.DateField(null=True)

    class Meta:
        app_label = "library"
        db_table = "authors"
        ordering = ["name"]


class Tag(models.Model):
    label = models.TextField()

    class Meta:
        app_label = "library"
        db_table = "tags"


class Publisher(models.Model):
    name = models.TextField()

    class Meta:
        app_label = "library"
        db_table = "publishers"


class Book(models.Model):
    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        SOLD = "sold", "Sold"

    title = models.CharField(max_length=200)
    isbn = models.CharField(max_length=20, db_column="code")
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    editor = models.ForeignKey(Author, on_delete=models.SET_NULL, null=True, related_name="edited")
    publisher = models.ForeignKey(Publisher, on_delete=models.CASCADE)
    state = models.CharField(max_length=10, choices=State.choices)
    pages = models.IntegerField()
    price = models.DecimalField(max_digits=8, decimal_places=2)
    available = models.BooleanField()
    added = models.DateTimeField()
    removed = models.DateTimeField(null=True)
    data = models.JSONField()
    labels = ArrayField(models.TextField())
    tags = models.ManyToManyField(Tag, related_name="books")

    class Meta:
        app_label = "library"
        db_table = "books"


class Review(models.Model):
    book = models.ForeignKey(Book, on_delete=models.CASCADE)
    stars = models.IntegerField()
    text = models.TextField()
    written = models.DateTimeField()

    class Meta:
        app_label = "library"
        db_table = "reviews"
        ordering = ["-written"]
        get_latest_by = "written"


# Lookups of one column


def exact(text: str):
    """SELECT * FROM books WHERE title = :text"""
    return Book.objects.filter(title=text)


def exact_by_name(text: str):
    """SELECT * FROM books WHERE title = :text"""
    return Book.objects.filter(title__exact=text)


def another_column(text: str):
    """SELECT * FROM books WHERE code = :text"""
    return Book.objects.filter(isbn=text)


def constant():
    """SELECT * FROM books WHERE title = 'Emma'"""
    return Book.objects.filter(title="Emma")


def constant_of_an_enumeration():
    """SELECT * FROM books WHERE state = 'sold'"""
    return Book.objects.filter(state=Book.State.SOLD)


def in_any_case(text: str):
    """SELECT * FROM books WHERE upper(title) = upper(:text)"""
    return Book.objects.filter(title__iexact=text)


def ranges(number: int):
    """SELECT * FROM books WHERE pages > :number AND price <= :number"""
    return Book.objects.filter(pages__gt=number, price__lte=number)


def both_ends(day: dt.datetime, other: dt.datetime):
    """SELECT * FROM books WHERE added >= :day AND added < :other"""
    return Book.objects.filter(added__gte=day).filter(added__lt=other)


def range_of_two(number: int):
    """SELECT * FROM books WHERE pages BETWEEN 5 AND :number"""
    return Book.objects.filter(pages__range=(5, number))


def listed():
    """SELECT * FROM books WHERE title IN ('Emma', 'Ivanhoe')"""
    return Book.objects.filter(title__in=["Emma", "Ivanhoe"])


def listed_by_the_program(texts: list[str]):
    """SELECT * FROM books WHERE title IN (:texts)"""
    return Book.objects.filter(title__in=texts)


def null():
    """SELECT * FROM books WHERE removed IS NULL"""
    return Book.objects.filter(removed__isnull=True)


def null_as_a_value():
    """SELECT * FROM books WHERE removed IS NULL"""
    return Book.objects.filter(removed=None)


def not_null():
    """SELECT * FROM books WHERE removed IS NOT NULL"""
    return Book.objects.filter(removed__isnull=False)


def flag():
    """SELECT * FROM books WHERE available"""
    return Book.objects.filter(available=True)


def flag_that_is_not():
    """SELECT * FROM books WHERE NOT available"""
    return Book.objects.filter(available=False)


def prefix(text: str):
    """SELECT * FROM books WHERE title LIKE :text || '%'"""
    return Book.objects.filter(title__startswith=text)


def prefix_in_any_case(text: str):
    """SELECT * FROM books WHERE upper(title) LIKE upper(:text) || '%'"""
    return Book.objects.filter(title__istartswith=text)


def suffix(text: str):
    """SELECT * FROM books WHERE title LIKE '%' || :text"""
    return Book.objects.filter(title__endswith=text)


def infix(text: str):
    """SELECT * FROM books WHERE title LIKE '%' || :text || '%'"""
    return Book.objects.filter(title__contains=text)


def infix_in_any_case(text: str):
    """SELECT * FROM books WHERE upper(title) LIKE '%' || upper(:text) || '%'"""
    return Book.objects.filter(title__icontains=text)


def expression(text: str):
    """SELECT * FROM books WHERE title ~ :text"""
    return Book.objects.filter(title__regex=text)


def day(date: dt.date):
    """SELECT * FROM books WHERE CAST(added AT TIME ZONE 'UTC' AS date) = :date"""
    return Book.objects.filter(added__date=date)


def year(date: dt.date):
    """SELECT * FROM books WHERE added BETWEEN :date AND :date"""
    return Book.objects.filter(added__year=1987)


def month():
    """SELECT * FROM books WHERE EXTRACT(month FROM added AT TIME ZONE 'UTC') = 3"""
    return Book.objects.filter(added__month=3)


def json_key(text: str):
    """SELECT * FROM books WHERE data -> 'shelf' = :text"""
    return Book.objects.filter(data__shelf=text)


def json_path(text: str):
    """SELECT * FROM books WHERE data #> '{shelf,row}' = :text"""
    return Book.objects.filter(data__shelf__row=text)


def json_document():
    """SELECT * FROM books WHERE data @> :v"""
    return Book.objects.filter(data__contains={"shelf": "a"})


def json_has_key():
    """SELECT * FROM books WHERE data ? 'shelf'"""
    return Book.objects.filter(data__has_key="shelf")


def array_elements():
    """SELECT * FROM books WHERE labels @> :v"""
    return Book.objects.filter(labels__contains=["new"])


def array_in_common():
    """SELECT * FROM books WHERE labels && :v"""
    return Book.objects.filter(labels__overlap=["new", "used"])


def another_column_of_the_row():
    """SELECT * FROM books WHERE removed > added"""
    return Book.objects.filter(removed__gt=F("added"))


# Relations


def foreign_key(author: Author):
    """SELECT * FROM books WHERE author_id = :author"""
    return Book.objects.filter(author=author)


def foreign_key_by_its_column(number: int):
    """SELECT * FROM books WHERE author_id = :number"""
    return Book.objects.filter(author_id=number)


def foreign_key_by_the_other_key(number: int):
    """SELECT * FROM books WHERE author_id = :number"""
    return Book.objects.filter(author__id=number)


def foreign_key_in_a_list(numbers: list[int]):
    """SELECT * FROM books WHERE author_id IN (:numbers)"""
    return Book.objects.filter(author__in=numbers)


def foreign_key_that_is_null():
    """SELECT * FROM books WHERE editor_id IS NULL"""
    return Book.objects.filter(editor__isnull=True)


def across_a_foreign_key(text: str):
    """SELECT b.* FROM books b JOIN authors a ON b.author_id = a.id WHERE a.email = :text"""
    return Book.objects.filter(author__email=text)


def across_two(text: str):
    """SELECT r.* FROM reviews r JOIN books b ON r.book_id = b.id JOIN authors a ON b.author_id = a.id
    WHERE a.email = :text ORDER BY r.written DESC"""
    return Review.objects.filter(book__author__email=text)


def backwards(text: str):
    """SELECT a.* FROM authors a JOIN books b ON a.id = b.author_id WHERE b.title = :text ORDER BY a.name"""
    return Author.objects.filter(books__title=text)


def backwards_without_a_name(number: int):
    """SELECT b.* FROM books b JOIN reviews r ON b.id = r.book_id WHERE r.stars = :number"""
    return Book.objects.filter(review__stars=number)


def backwards_twice(text: str, number: int):
    """SELECT b.* FROM books b JOIN reviews r ON b.id = r.book_id WHERE r.stars = :number AND r.text = :text"""
    return Book.objects.filter(review__stars=number, review__text=text)


def through_a_table(text: str):
    """SELECT b.* FROM books b JOIN books_tags bt ON b.id = bt.book_id JOIN tags t ON bt.tag_id = t.id
    WHERE t.label = :text"""
    return Book.objects.filter(tags__label=text)


def to_a_table_between(number: int):
    """SELECT b.* FROM books b JOIN books_tags bt ON b.id = bt.book_id WHERE bt.tag_id = :number"""
    return Book.objects.filter(tags=number)


def through_a_table_backwards(text: str):
    """SELECT t.* FROM tags t JOIN books_tags bt ON t.id = bt.tag_id JOIN books b ON bt.book_id = b.id
    WHERE b.title = :text"""
    return Tag.objects.filter(books__title=text)


def objects_of_an_object(author: Author):
    """SELECT * FROM books WHERE author_id = :author AND state = 'sold'"""
    return author.books.filter(state="sold")


def objects_of_an_object_in_between(book: Book, text: str):
    """SELECT t.* FROM tags t JOIN books_tags bt ON t.id = bt.tag_id WHERE bt.book_id = :book AND t.label = :text"""
    return book.tags.filter(label=text)


def objects_without_a_name(book: Book):
    """SELECT * FROM reviews WHERE book_id = :book ORDER BY written DESC"""
    return book.review_set.all()


# Conditions together


def alternatives(text: str):
    """SELECT * FROM books WHERE title = :text OR code = :text"""
    return Book.objects.filter(Q(title=text) | Q(isbn=text))


def alternatives_and_more(text: str, number: int):
    """SELECT * FROM books WHERE (title = :text OR (code = :text AND pages > 5)) AND author_id = :number"""
    return Book.objects.filter(Q(title=text) | Q(isbn=text, pages__gt=5), author=number)


def both(text: str):
    """SELECT * FROM books WHERE title = :text AND code = :text"""
    return Book.objects.filter(Q(title=text) & Q(isbn=text))


def negated(text: str):
    """SELECT * FROM books WHERE NOT (title = :text)"""
    return Book.objects.filter(~Q(title=text))


def excluded(text: str):
    """SELECT * FROM books WHERE author_id = 5 AND NOT (title = :text)"""
    return Book.objects.filter(author=5).exclude(title=text)


def excluded_null():
    """SELECT * FROM books WHERE removed IS NOT NULL"""
    return Book.objects.exclude(removed__isnull=True)


def over_several_statements(text: str, number: int):
    """SELECT * FROM books WHERE title = :text AND author_id = :number ORDER BY added DESC LIMIT 10"""
    books = Book.objects.filter(title=text)
    books = books.filter(author=number)
    return books.order_by("-added")[:10]


def condition_in_a_variable(text: str):
    """SELECT * FROM books WHERE title = :text OR code = :text"""
    wanted = Q(title=text)
    wanted |= Q(isbn=text)
    return Book.objects.filter(wanted)


def existing(text: str):
    """SELECT a.* FROM authors a WHERE EXISTS (SELECT 1 FROM books b WHERE b.author_id = a.id AND b.title = :text)
    ORDER BY a.name"""
    return Author.objects.filter(Exists(Book.objects.filter(author=OuterRef("pk"), title=text)))


def missing():
    """SELECT a.* FROM authors a WHERE NOT EXISTS (SELECT 1 FROM books b WHERE b.author_id = a.id)
    ORDER BY a.name"""
    return Author.objects.filter(~Exists(Book.objects.filter(author=OuterRef("pk"))))


def listed_by_a_query(text: str):
    """SELECT * FROM authors WHERE id IN (SELECT author_id FROM books WHERE title = :text) ORDER BY name"""
    return Author.objects.filter(pk__in=Book.objects.filter(title=text).values("author_id"))


def listed_by_a_query_of_keys(text: str):
    """SELECT * FROM reviews WHERE book_id IN (SELECT id FROM books WHERE title = :text) ORDER BY written DESC"""
    return Review.objects.filter(book__in=Book.objects.filter(title=text))


# Expressions


def function(text: str):
    """SELECT * FROM books WHERE lower(title) = :text"""
    return Book.objects.annotate(small=Lower("title")).filter(small=text)


def ordered_by_a_function():
    """SELECT * FROM books ORDER BY upper(title) LIMIT 10"""
    return Book.objects.order_by(Upper("title"))[:10]


def counted_for_each():
    """SELECT a.id, count(b.id) FROM authors a LEFT JOIN books b ON a.id = b.author_id GROUP BY a.id
    HAVING count(b.id) > 3"""
    return Author.objects.annotate(many=Count("books")).filter(many__gt=3)


def grouped(text: str):
    """SELECT state, count(id) FROM books WHERE title = :text GROUP BY state"""
    return Book.objects.filter(title=text).values("state").annotate(many=Count("id"))


def grouped_by_day(number: int):
    """SELECT date_trunc('day', added AT TIME ZONE 'UTC'), count(*) FROM books WHERE pages = :number GROUP BY 1"""
    return (
        Book.objects.filter(pages=number)
        .annotate(day=TruncDate("added"))
        .values("day")
        .annotate(many=Count("id"))
    )


def newest_of_each(text: str):
    """SELECT a.*, (SELECT b.title FROM books b WHERE b.author_id = a.id ORDER BY b.added DESC LIMIT 1)
    FROM authors a WHERE a.email = :text ORDER BY a.name"""
    newest = Book.objects.filter(author=OuterRef("pk")).order_by("-added")
    return Author.objects.filter(email=text).annotate(newest=Subquery(newest.values("title")[:1]))


# The whole


def order_and_limit():
    """SELECT * FROM books ORDER BY added DESC, title LIMIT 20"""
    return Book.objects.order_by("-added", "title")[:20]


def order_with_nulls():
    """SELECT * FROM books ORDER BY removed DESC NULLS LAST LIMIT 20"""
    return Book.objects.order_by(F("removed").desc(nulls_last=True))[:20]


def order_across():
    """SELECT b.* FROM books b JOIN authors a ON b.author_id = a.id ORDER BY a.email LIMIT 20"""
    return Book.objects.order_by("author__email")[:20]


def order_by_a_relation():
    """SELECT b.* FROM books b JOIN authors a ON b.author_id = a.id ORDER BY a.name LIMIT 20"""
    return Book.objects.order_by("author")[:20]


def order_of_the_model():
    """SELECT * FROM authors ORDER BY name LIMIT 20"""
    return Author.objects.all()[:20]


def page(number: int):
    """SELECT * FROM reviews WHERE stars = :number ORDER BY written DESC LIMIT 20 OFFSET 40"""
    return Review.objects.filter(stars=number)[40:60]


def first(text: str):
    """SELECT * FROM authors WHERE email = :text ORDER BY name LIMIT 1"""
    return Author.objects.filter(email=text).first()


def last(text: str):
    """SELECT * FROM books WHERE title = :text ORDER BY added DESC LIMIT 1"""
    return Book.objects.filter(title=text).order_by("added").last()


def latest(number: int):
    """SELECT * FROM reviews WHERE stars = :number ORDER BY written DESC LIMIT 1"""
    return Review.objects.filter(stars=number).latest("written")


def got(text: str):
    """SELECT * FROM books WHERE title = :text LIMIT 21"""
    return Book.objects.get(title=text)


def got_or_not_found(text: str):
    """SELECT * FROM books WHERE title = :text LIMIT 21"""
    return get_object_or_404(Book, title=text)


def got_of_a_query(text: str):
    """SELECT * FROM books WHERE available AND title = :text LIMIT 21"""
    return get_object_or_404(Book.objects.filter(available=True), title=text)


def list_or_not_found(number: int):
    """SELECT * FROM books WHERE pages = :number"""
    return get_list_or_404(Book, pages=number)


def existence(text: str):
    """SELECT 1 FROM books WHERE title = :text LIMIT 1"""
    return Book.objects.filter(title=text).exists()


def counted(text: str):
    """SELECT count(*) FROM authors WHERE email = :text"""
    return Author.objects.filter(email=text).count()


def extremes():
    """SELECT max(added), min(pages) FROM books"""
    return Book.objects.aggregate(Max("added"), Min("pages"))


def average(text: str):
    """SELECT avg(price) FROM books WHERE title = :text"""
    return Book.objects.filter(title=text).aggregate(mean=Avg("price"))


def first_of_each():
    """SELECT DISTINCT ON (author_id) * FROM books ORDER BY author_id, added DESC"""
    return Book.objects.order_by("author_id", "-added").distinct("author_id")


def different(text: str):
    """SELECT DISTINCT state FROM books WHERE title = :text"""
    return Book.objects.filter(title=text).values_list("state", flat=True).distinct()


def changed(text: str):
    """UPDATE books SET state = 'sold' WHERE title = :text"""
    return Book.objects.filter(title=text).update(state="sold")


def changed_across(text: str):
    """UPDATE books SET state = 'sold' WHERE id IN
    (SELECT b.id FROM books b JOIN authors a ON b.author_id = a.id WHERE a.email = :text)"""
    return Book.objects.filter(author__email=text).update(state="sold")


def removed(text: str):
    """DELETE FROM reviews WHERE text = :text"""
    return Review.objects.filter(text=text).delete()


def loaded_beside(text: str):
    """SELECT * FROM authors WHERE email = :text ORDER BY name; SELECT * FROM books WHERE state = 'sold' AND author_id IN (:text)"""
    sold = Prefetch("books", queryset=Book.objects.filter(state="sold"))
    return Author.objects.filter(email=text).prefetch_related(sold)
