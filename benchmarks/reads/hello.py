"""The least that a request costs on our server: Flask, one route, two words."""

from flask import Flask

app = Flask(__name__)


@app.get("/hello")
def hello() -> str:
    return "Hello, world!"
