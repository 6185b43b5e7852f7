"""Django: models on SQLite, queries, templates, forms, the test client."""
# timeout: 120
import django, threading, sys
__file__ and setattr(sys.modules['__main__'], '__path__', ['/nonexistent'])
from django.conf import settings
settings.configure(DEBUG=False, DATABASES={'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}, INSTALLED_APPS=['django.contrib.contenttypes', 'django.contrib.auth', '__main__'], ROOT_URLCONF=__name__, USE_TZ=True, ALLOWED_HOSTS=['*'],
    TEMPLATES=[{'BACKEND': 'django.template.backends.django.DjangoTemplates'}], SECRET_KEY='x', DEFAULT_AUTO_FIELD='django.db.models.BigAutoField')
django.setup()
from django.db import models, connection, transaction
from django.db.models import Count, Sum, F, Q, Avg
from django.template import Template, Context
from django.http import JsonResponse
from django.urls import path
from django import forms
class Author(models.Model):
    name = models.CharField(max_length=50); born = models.DateField(null=True)
    class Meta: app_label = '__main__'
class Book(models.Model):
    title = models.CharField(max_length=80); pages = models.IntegerField(); price = models.DecimalField(max_digits=8, decimal_places=2)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name='books'); tags = models.JSONField(default=list)
    class Meta: app_label = '__main__'; ordering = ['title']
def view(request, n): return JsonResponse({'n': n, 'm': request.method, 'g': request.GET.dict()})
urlpatterns = [path('v/<int:n>/', view)]
from django.core.management import call_command
call_command('migrate', verbosity=0)
with connection.schema_editor() as ed: ed.create_model(Author); ed.create_model(Book)
import datetime, decimal
for i in range(20):
    a = Author.objects.create(name=f'A{i}', born=datetime.date(1900 + i, 1, 1))
    Book.objects.bulk_create([Book(title=f'T{i}-{j}', pages=i * 10 + j, price=decimal.Decimal(i) + decimal.Decimal('0.5') * j, author=a, tags=[i, j]) for j in range(5)])
q = Author.objects.annotate(n=Count('books'), p=Sum('books__pages'), m=Avg('books__price')).filter(p__gt=500).order_by('-p')
print(q.query)
for a in q: print(a.name, a.n, a.p, a.m)
print(list(Book.objects.filter(Q(title__startswith='T1') & ~Q(pages__lt=100)).select_related('author').values_list('title', 'author__name', 'price', 'tags')[:7]))
Book.objects.filter(pages__gt=150).update(pages=F('pages') + 1000); print(Book.objects.aggregate(Sum('pages')))
try:
    with transaction.atomic(): Author.objects.all().delete(); raise RuntimeError('back')
except RuntimeError as e: print(e, Author.objects.count())
try: Author.objects.get(name='nobody')
except Author.DoesNotExist as e: print(e)
print(Template('{% for b in books %}{{ forloop.counter }}. {{ b.title|lower|default:"?" }} by {{ b.author.name }} {{ b.price|floatformat:1 }}{% if not forloop.last %}, {% endif %}{% empty %}none{% endfor %} {{ "<b>"|escape }} {% now "Y" as y %}{% with z=3 %}{{ z|add:4 }}{% endwith %}').render(Context({'books': Book.objects.all()[:6]})))
from django.test import Client
c = Client(); r = c.get('/v/42/', {'a': 'b'}); print(r.status_code, r.json()); print(c.get('/nothing/').status_code)
class F1(forms.Form):
    email = forms.EmailField(); age = forms.IntegerField(min_value=18); day = forms.DateField()
f = F1({'email': 'nope', 'age': '3', 'day': '2020-01-02'}); print(f.is_valid(), f.errors.as_json()); print(f.as_p())
from django.contrib.auth.models import User
u = User.objects.create_user('bob', 'b@x.org', 'pw'); print(u.check_password('pw'), u.has_perm('x'), User.objects.filter(username__iexact='BOB').exists())
