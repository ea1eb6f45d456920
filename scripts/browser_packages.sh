#!/bin/sh
# What the browser tests need and pip does not carry: a Chromium and a font with Chinese characters.
# Installed when we may (root on Debian or Ubuntu); otherwise the tests say why they are skipped.
set -u
have_font() { command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh family 2>/dev/null | head -n 1)" ]; }
have_browser() { command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1; }
if have_browser && have_font; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "browser tests need Chromium and a Chinese font; install chromium and fonts-wqy-zenhei to run them"
    exit 0
fi
echo "installing chromium and fonts-wqy-zenhei for the browser tests"
export DEBIAN_FRONTEND=noninteractive
(apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fontconfig fonts-wqy-zenhei) >/dev/null 2>&1 \
    || echo "they could not be installed; the browser tests will be skipped"
exit 0
