"""The admin in a real browser, as an operator uses it."""

from __future__ import annotations

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select

from tests.support.browser import show, wait_for

EMAIL, PASSWORD = "root@example.com", "correct horse battery"


class Page:
    """The open page, as somebody with a mouse and a keyboard uses it."""

    def __init__(self, browser: webdriver.Chrome, site: str) -> None:
        self.browser = browser
        self.site = site

    def open(self, path: str) -> None:
        self.browser.get(f"{self.site}{path}")

    def find(self, selector: str) -> WebElement:
        """The element, once it is there to be seen."""
        wait_for(
            self.browser,
            lambda: any(
                one.is_displayed() for one in self.browser.find_elements(By.CSS_SELECTOR, selector)
            ),
        )
        found = self.browser.find_elements(By.CSS_SELECTOR, selector)
        return next(one for one in found if one.is_displayed())

    def scroll_to(self, selector: str) -> WebElement:
        element = self.find(selector)
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        return element

    def click(self, selector: str) -> None:
        self.scroll_to(selector).click()

    def write(self, selector: str, text: str) -> None:
        element = self.find(selector)
        element.clear()
        element.send_keys(text)

    def choose(self, field: str, text: str) -> None:
        """Look something up in a box that asks the server, and take the first that it finds."""
        self.click(f".field-{field} .select2-selection")
        self.find(".select2-dropdown .select2-search__field").send_keys(text)
        self.wait_for_text(".select2-results__option--highlighted", text)
        self.find(".select2-dropdown .select2-search__field").send_keys(Keys.ENTER)

    def pick(self, selector: str, text: str) -> None:
        """Pick an option of a select by its words."""
        Select(self.scroll_to(selector)).select_by_visible_text(text)

    def press_enter(self, selector: str) -> None:
        self.find(selector).send_keys(Keys.ENTER)

    def wait_for_text(self, selector: str, text: str) -> None:
        wait_for(
            self.browser,
            lambda: any(
                text in one.text for one in self.browser.find_elements(By.CSS_SELECTOR, selector)
            ),
        )


def sign_in(page: Page) -> None:
    page.open("/admin/")
    page.write("[name=username]", EMAIL)
    page.write("[name=password]", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_text("h1", "Everything on this server")
    show(page.browser, "admin-index")
