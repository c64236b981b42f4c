"""The address of the gallery; wired by `config.urls` when DEBUG is on."""

from django.urls import path

from governance.gallery import views

app_name = "gallery"
urlpatterns = [
    path("", views.components, name="components"),
    path("page/", views.page, name="page"),
    path("confirm/", views.confirm, name="confirm"),
    path("error/<int:status>/", views.error, name="error"),
]
