"""What runs outside Streamlit's script: routes, guard, websocket, start page, files to take away."""
