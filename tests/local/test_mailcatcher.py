"""Every mail is kept and shown, and shows nothing that could act."""

import json
import smtplib
import urllib.error
import urllib.request
from contextlib import closing
from email.message import EmailMessage

import pytest

from deploy.local.mailcatcher import Mailbox, MailCatcher
from deploy.local.processes import LOOPBACK, free_port


class Post:
    """The two doors of one catcher, as its users see them."""

    def __init__(self, folder):
        self.smtp_port, self.http_port = free_port(), free_port()
        self.catcher = MailCatcher(
            folder=folder, smtp_port=self.smtp_port, http_port=self.http_port
        )

    def send(self, to="ada@example.com", text="Hello", html=None, subject="News"):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "desk@example.com", to, subject
        mail.set_content(text)
        if html:
            mail.add_alternative(html, subtype="html")
        with smtplib.SMTP(LOOPBACK, self.smtp_port, timeout=5) as server:
            server.send_message(mail)

    def open(self, path, data=None, **headers):
        address = f"http://{LOOPBACK}:{self.http_port}{path}"
        request = urllib.request.Request(address, data=data, headers=headers)
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.read().decode(), answer.headers

    def refuse(self, **command):
        body = json.dumps(command).encode()
        return self.open("/api/refuse", body, **{"Content-Type": "application/json"})

    def mails(self, query=""):
        return json.loads(self.open(f"/api/mails{query}")[0])


@pytest.fixture
def post(tmp_path):
    post = Post(tmp_path)
    post.catcher.start()
    yield post
    post.catcher.stop()


def test_a_mail_can_be_read_by_its_address_and_only_the_new_ones(post):
    post.send(text="Your code is 123456", html="<p>123456</p>")
    post.send(to="grace@example.com")
    post.send(subject="Second")

    first, second = post.mails("?to=ADA@example.com")
    assert (first["to"], first["subject"]) == ("ada@example.com", "News")
    assert (first["text"], first["html"]) == ("Your code is 123456\n", "<p>123456</p>\n")
    assert [m["id"] for m in post.mails(f"?to=ada@example.com&since={first['id']}")] == [3]


def test_the_mails_are_still_there_after_a_restart(post, tmp_path):
    post.send()

    assert [mail.subject for mail in Mailbox(tmp_path).find()] == ["News"]


def test_pages_show_text_as_text_with_its_links_to_follow(post):
    post.send(text="<script>x</script> http://127.0.0.1:8000/a?b=1&c=2.", subject="<b>News")

    page, headers = post.open("/mails/1")
    assert "<script>" not in page and "<b>" not in page
    assert 'href="http://127.0.0.1:8000/a?b=1&amp;c=2"' in page
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "&lt;b&gt;News" in post.open("/")[0]


def test_the_html_of_a_mail_is_shown_in_a_sandbox_without_scripts(post):
    post.send(html="<script>x</script>")

    policy = post.open("/mails/1/html")[1]["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy and "default-src 'none'" in policy


@pytest.mark.parametrize("code", [550, 451])
def test_an_address_is_refused_until_it_is_accepted_again(post, code):
    post.refuse(to="Ada@Example.com", code=code)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        post.send()
    assert refusal.value.recipients["ada@example.com"][0] == code

    post.refuse(to="ada@example.com", code=None)
    post.send()
    assert len(post.mails()) == 1


@pytest.mark.parametrize(
    ("path", "data", "headers", "status"),
    [
        ("/", None, {"Host": "evil.example:80"}, 421),
        ("/mails/99", None, {}, 404),
        ("/etc/passwd", None, {}, 404),
        ("/api/refuse", b'{"to": "a@b.example"}', {"Content-Type": "text/plain"}, 415),
        ("/api/refuse", b'{"to": 1}', {"Content-Type": "application/json"}, 422),
        ("/api/refuse", b"no json", {"Content-Type": "application/json"}, 422),
        ("/api/refuse", b'{"to": "a", "code": 7}', {"Content-Type": "application/json"}, 422),
    ],
)
def test_a_stranger_or_a_slip_gets_a_plain_no(post, path, data, headers, status):
    with pytest.raises(urllib.error.HTTPError) as error:
        post.open(path, data, **headers)

    with closing(error.value):
        assert error.value.code == status
