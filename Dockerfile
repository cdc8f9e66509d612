# An emulator of the Invoiced API, for tests: docs/testing.md, "In a container".
FROM python:3.13-slim
WORKDIR /source
COPY pyproject.toml setup.py README.md LICENSE ./
COPY invoiced invoiced
RUN pip install --no-cache-dir ".[emulator]" && useradd --system emulator && install -d -o emulator -m 700 /data
WORKDIR /data
USER emulator
VOLUME /data
EXPOSE 8065
HEALTHCHECK --interval=5s CMD ["python", "-m", "invoiced.emulator", "--health"]
ENTRYPOINT ["python", "-m", "invoiced.emulator", "--host", "0.0.0.0"]
CMD ["--data", "/data/invoiced.db"]
